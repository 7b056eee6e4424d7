/** One class a command; what only one command takes or does stands beside it. */
package org.sememe.app.command;
