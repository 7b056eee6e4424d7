/** Published ways to train a dictionary, as records: every setting with where it comes from. */
package org.sememe.training.recipes;
