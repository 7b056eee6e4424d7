package org.sememe.app.bench;

import java.util.ArrayList;
import java.util.List;
import org.sememe.models.HookPoint;
import org.sememe.models.LanguageModel;
import org.sememe.models.ModelInfo;

/**
 * The matrix products that a run to a hook point cannot do without, by the model's options: those
 * whose result is at or before the point. Norms, element-wise operations and the table of
 * embeddings count nothing.
 *
 * @param products of all blocks that run, in order
 * @param attentionLayers blocks that attend
 */
record ForwardProducts(ModelInfo model, List<Product> products, int attentionLayers) {
  private static final double MILLION = 1e6;

  /** Rows {@code [n, in]} by a matrix {@code [out, in]}. */
  record Product(int in, int out) {
    double flop() {
      return 2.0 * in * out;
    }
  }

  /**
   * Of a run to one point.
   *
   * @throws IllegalArgumentException for a hook point the model does not have
   */
  static ForwardProducts to(String hook, LanguageModel model) {
    ModelInfo info = model.info();
    List<String> order = model.hookPoints().stream().map(HookPoint::name).toList();
    int last = order.indexOf(model.hookPoint(hook).name());
    List<Product> products = new ArrayList<>();
    int heads = info.heads() * info.headWidth();
    int attending = 0;
    for (int layer = 0; layer < info.layers(); layer++) {
      String block = "blocks." + layer + ".";
      if (order.indexOf(block + "attn.hook_z") <= last) {
        attending++;
        products.add(new Product(info.width(), heads + 2 * info.kvHeads() * info.headWidth()));
      }
      if (order.indexOf(block + "hook_attn_out") <= last) {
        products.add(new Product(heads, info.width()));
      }
      if (order.indexOf(block + "mlp.hook_post") <= last) {
        int gates = order.contains(block + "mlp.hook_pre_linear") ? 2 : 1;
        products.add(new Product(info.width(), gates * info.mlpWidth()));
      }
      if (order.indexOf(block + "hook_mlp_out") <= last) {
        products.add(new Product(info.mlpWidth(), info.width()));
      }
    }
    if (hook.equals(HookPoint.LOGITS)) {
      products.add(new Product(info.width(), info.vocabulary()));
    }
    if (products.isEmpty()) {
      throw new IllegalArgumentException(
          "a run to " + hook + " does no matrix product: name a later hook point");
    }
    return new ForwardProducts(info, List.copyOf(products), attending);
  }

  /** MFLOP of the products for one token. */
  double mflop() {
    return products.stream().mapToDouble(Product::flop).sum() / MILLION;
  }

  /**
   * MFLOP of the attention for one token: its query with, and then the values of, each position up
   * to its own; the mean over a full context.
   */
  double attentionMflop(int context) {
    double keys = (context + 1) / 2.0;
    return attentionLayers * 4 * keys * model.heads() * model.headWidth() / MILLION;
  }
}
