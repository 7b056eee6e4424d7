/** Commands of activation stores. */
package org.sememe.app.command.store;
