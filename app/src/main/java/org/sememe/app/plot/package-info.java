/** Drawings of figures as SVG, for both themes and the colour-blind. */
package org.sememe.app.plot;
