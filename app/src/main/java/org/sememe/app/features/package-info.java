/** Features on their way out: files of statistics, of another site, and pages that stand alone. */
package org.sememe.app.features;
