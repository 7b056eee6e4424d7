/** Text from a language model, token by token. */
package org.sememe.models.generation;
