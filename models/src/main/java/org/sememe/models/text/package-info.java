/** Where text comes from, and how documents become contexts. */
package org.sememe.models.text;
