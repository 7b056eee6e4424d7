/** Runs while they are trained: what their folders hold, and what is added to it. */
package org.sememe.app.runs;
