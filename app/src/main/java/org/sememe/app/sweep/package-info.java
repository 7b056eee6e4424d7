/** Dictionaries that were trained together, and how they compare. */
package org.sememe.app.sweep;
