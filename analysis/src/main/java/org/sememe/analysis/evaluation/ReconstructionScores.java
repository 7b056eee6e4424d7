package org.sememe.analysis.evaluation;

/**
 * How close reconstructions x̂ come to activations x over N rows, summed in double precision, with
 * e = x - x̂ and m the mean of x over the same N rows.
 *
 * @param fvu fraction of variance unexplained: sum |e|^2 / sum |x - m|^2. 0 is perfect, 1 is what
 *     the constant m reaches, larger is worse than that
 * @param fvuInterval by resampling documents, with m held at its value over all rows
 * @param fve 1 - fvu
 * @param mse mean of |e|^2 over rows (not divided by d)
 * @param cosine mean over rows of x·x̂ / (|x||x̂|); a row where either is zero counts as 0
 * @param l2Ratio mean over rows of |x̂| / |x|; rows with |x| = 0 are left out
 * @param gamma relative reconstruction bias, sum |x̂|^2 / sum x·x̂ (Rajamanoharan et al. 2024a):
 *     below 1 reconstructions are shrunk; 0 where all are 0
 * @param gammaInterval by resampling documents
 */
public record ReconstructionScores(
    double fvu,
    Interval fvuInterval,
    double fve,
    double mse,
    double cosine,
    double l2Ratio,
    double gamma,
    Interval gammaInterval) {}
