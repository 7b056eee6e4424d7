/** The sememe command and the studio. */
package org.sememe.app;
