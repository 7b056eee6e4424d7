/** How decoder directions lie to one another: maps of them, and partners in another dictionary. */
package org.sememe.analysis.geometry;
