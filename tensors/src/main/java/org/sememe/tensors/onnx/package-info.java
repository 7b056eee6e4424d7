/** The weights of ONNX models. */
package org.sememe.tensors.onnx;
