/** What several commands take. */
package org.sememe.app.command.options;
