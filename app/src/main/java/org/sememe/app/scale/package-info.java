/** Scaling laws of the dictionaries of a sweep: fits, figure, table and page. */
package org.sememe.app.scale;
