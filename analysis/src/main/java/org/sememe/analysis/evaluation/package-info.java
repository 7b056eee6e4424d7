/**
 * How good a dictionary is: reconstruction, sparsity, and what happens to the model's predictions
 * when the reconstruction takes the activation's place. Definitions stand with the records.
 */
package org.sememe.analysis.evaluation;
