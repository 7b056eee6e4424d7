/** Commands that measure how fast it is. */
package org.sememe.app.command.bench;
