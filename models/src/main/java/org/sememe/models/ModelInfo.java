package org.sememe.models;

import java.nio.file.Path;

/**
 * What a model is, for display and for provenance.
 *
 * @param name the name its file gives it, else the file's name
 * @param family the architecture, for example {@code llama}
 * @param layers number of blocks
 * @param width d, the width of the residual stream
 * @param heads query heads a block
 * @param kvHeads key and value heads a block; divides {@code heads}
 * @param headWidth width of one head
 * @param mlpWidth neurons of one MLP
 * @param vocabulary number of token ids
 * @param contextLength the longest context it was trained for
 * @param parameters number of weights, a tied head counted once
 * @param ropeBase base of the rotary frequencies
 * @param normEps the epsilon of its norms
 * @param sha256 hash of the weights' file, in hexadecimal (of a folder: of the hashes of its files)
 * @param path the file or folder it was read from
 */
public record ModelInfo(
    String name,
    String family,
    int layers,
    int width,
    int heads,
    int kvHeads,
    int headWidth,
    int mlpWidth,
    int vocabulary,
    int contextLength,
    long parameters,
    double ropeBase,
    double normEps,
    String sha256,
    Path path) {}
