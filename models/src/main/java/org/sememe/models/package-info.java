/** Networks with named hook points, their tokenizers, and where weights and text come from. */
package org.sememe.models;
