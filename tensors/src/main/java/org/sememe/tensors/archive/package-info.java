/**
 * What the readers of torch and numpy files share: a strict zip reader over mapped memory, a zip
 * writer, tensors as strided views of stored bytes, and the limit on what a file may ask for.
 */
package org.sememe.tensors.archive;
