/** Several processes of one job on this machine. */
package org.sememe.app.ranks;
