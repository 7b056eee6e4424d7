/**
 * Dictionaries against a truth that is known: rows are sparse sums of planted directions, and what
 * was learned from them is compared with what was planted. Definitions stand with the records.
 */
package org.sememe.analysis.planted;
