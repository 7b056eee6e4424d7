/** Pieces of a dictionary that are not Sememe's: an example. */
package org.example;
