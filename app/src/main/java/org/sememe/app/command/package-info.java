/** One class a command, and the options that several of them share. */
package org.sememe.app.command;
