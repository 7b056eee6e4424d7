/**
 * What a dictionary is worth and what its features respond to: metrics, the feature index, prompt
 * views.
 */
package org.sememe.analysis;
