/** Dictionaries of networks that draw pictures: rows of their modules, features as pictures. */
package org.sememe.app.pictures;
