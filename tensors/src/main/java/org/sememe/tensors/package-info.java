/**
 * libtorch on the JVM: start-up, scopes, threads, random streams; readers and writers of tensor
 * files.
 */
package org.sememe.tensors;
