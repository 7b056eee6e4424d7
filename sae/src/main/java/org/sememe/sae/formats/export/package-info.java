/** Writes dictionaries in the layouts of other libraries, where those can express them. */
package org.sememe.sae.formats.export;
