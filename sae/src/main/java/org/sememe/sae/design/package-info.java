/**
 * What a dictionary is made of while it is trained, as plain records: a design is data, and a step
 * is one of its interpreters.
 */
package org.sememe.sae.design;
