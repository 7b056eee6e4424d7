package org.sememe.sae.objective;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Orthogonal matching pursuit of rows in a decoder's directions, all rows at once. */
final class OrthogonalFit {
  /** Of the chosen rows' mean square, so that rows that depend on one another can be solved for. */
  private static final double RIDGE = 1e-9;

  private OrthogonalFit() {}

  /**
   * Activations {@code [n, F]}, without a graph.
   *
   * @param k rows chosen, at most F
   * @param inputs {@code [n, d]}
   * @param decoder {@code [F, d]}
   */
  static Tensor activations(int k, Tensor inputs, Tensor decoder) {
    long n = inputs.size(0);
    Tensor target = inputs.to(ScalarType.Double); // Gram matrices are no matter of float32
    Tensor ridge = decoder.square().sum(1).mean().to(ScalarType.Double).mul(new Scalar(RIDGE));
    Tensor open = torch.ones_like(inputs.matmul(decoder.t()));
    List<Tensor> chosen = new ArrayList<>();
    Tensor left = inputs;
    Tensor fit = target;
    for (int i = 0; i < Math.min(k, decoder.size(0)); i++) {
      Tensor products = left.matmul(decoder.t()).abs().add(new Scalar(1.0)).mul(open);
      Tensor best = products.argmax(new LongOptional(1), true);
      open = open.scatter(1, best, new Scalar(0.0));
      chosen.add(best);
      Tensor places = torch.cat(new TensorVector(chosen.toArray(Tensor[]::new)), 1);
      Tensor rows =
          decoder.index_select(0, places.reshape(-1)).reshape(n, i + 1L, -1).to(ScalarType.Double);
      Tensor gram =
          rows.matmul(rows.transpose(1, 2)).add(torch.eye(i + 1L).to(ScalarType.Double).mul(ridge));
      fit = torch.cholesky_solve(rows.matmul(target.unsqueeze(2)), torch.linalg_cholesky(gram));
      left = target.sub(fit.transpose(1, 2).matmul(rows).squeeze(1)).to(inputs.scalar_type());
    }
    Tensor places = torch.cat(new TensorVector(chosen.toArray(Tensor[]::new)), 1);
    return torch.zeros_like(open).scatter(1, places, fit.squeeze(2).to(inputs.scalar_type()));
  }
}
