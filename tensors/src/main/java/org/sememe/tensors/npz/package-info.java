/** NumPy's array files: one array ({@code .npy}) or a zip archive of them ({@code .npz}). */
package org.sememe.tensors.npz;
