/** A text seen by a dictionary: which features each of its tokens activates. */
package org.sememe.analysis.prompt;
