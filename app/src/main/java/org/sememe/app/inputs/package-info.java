/** What the names on a command line stand for: models and dictionaries. */
package org.sememe.app.inputs;
