/** How commands speak and listen: results, progress, Ctrl-C. */
package org.sememe.app.terminal;
