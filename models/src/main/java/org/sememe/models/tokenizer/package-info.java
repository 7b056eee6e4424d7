/** Text to token ids and back. */
package org.sememe.models.tokenizer;
