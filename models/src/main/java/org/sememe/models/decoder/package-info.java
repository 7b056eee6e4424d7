/**
 * One config-driven decoder block; a family of models is a mapping of names and options onto it.
 */
package org.sememe.models.decoder;
