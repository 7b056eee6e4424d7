/** Well-known releases of dictionaries, by name. */
package org.sememe.sae.releases;
