/** Encoders of the BERT family: every token sees every other; masked words, sentence vectors. */
package org.sememe.models.encoder;
