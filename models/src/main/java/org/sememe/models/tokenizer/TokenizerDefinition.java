package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a tokenizer is made of, whatever file it came from.
 *
 * @param json a tokenizer.json for the Hugging Face library
 * @param bos the token to put in front of each context, where the model was trained so
 * @param names what the tokens with a part to play are called, by the part: {@code bos_token},
 *     {@code eos_token}, {@code unk_token}, {@code pad_token} and the like
 * @param ends ids that end a reply, beside {@code eos_token}
 * @param chatTemplate the source of the chat template
 */
record TokenizerDefinition(
    ObjectNode json,
    Optional<String> bos,
    Map<String, String> names,
    Set<Integer> ends,
    Optional<String> chatTemplate) {}
