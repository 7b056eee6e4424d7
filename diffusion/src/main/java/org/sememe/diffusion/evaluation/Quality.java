package org.sememe.diffusion.evaluation;

/**
 * What a judge says of drawn pictures.
 *
 * @param frechet distance of its features from real ones' (FID where Inception judges)
 * @param kernel squared discrepancy by the cubic kernel (KID where Inception judges)
 * @param precision share of drawn pictures that lie among real ones
 * @param recall share of real pictures that lie among drawn ones
 * @param consistency share that the judge takes for the class or caption that was asked for
 * @param diversity mean distance of features between drawn pictures of a class, over that between
 *     real ones: 1 is as diverse; of captions, between any
 */
public record Quality(
    Figure frechet,
    Figure kernel,
    double precision,
    double recall,
    Figure consistency,
    double diversity) {}
