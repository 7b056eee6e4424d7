/** How commands speak: results, progress, failures, and hearing Ctrl-C. */
package org.sememe.app.terminal;
