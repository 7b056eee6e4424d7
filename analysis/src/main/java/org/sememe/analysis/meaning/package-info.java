/** Features by what they mean: vectors of the texts that a person would read of them. */
package org.sememe.analysis.meaning;
