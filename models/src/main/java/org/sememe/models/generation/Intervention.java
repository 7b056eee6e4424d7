package org.sememe.models.generation;

import org.sememe.models.HookPlan;

/**
 * Edits to apply while generating.
 *
 * @param edits the plan whose edits apply; its captures and logits are ignored
 * @param prompt whether they apply at the prompt's positions
 * @param reply whether they apply at the positions of new tokens. The first new token is chosen
 *     from the prompt's last position, so it feels an edit of the prompt only.
 */
public record Intervention(HookPlan edits, boolean prompt, boolean reply) {
  /** No edit. */
  public static Intervention none() {
    return new Intervention(HookPlan.nothing(), false, false);
  }

  /** Edits at every position. */
  public static Intervention everywhere(HookPlan edits) {
    return new Intervention(edits, true, true);
  }

  /** Edits at the prompt's positions only. */
  public static Intervention onPrompt(HookPlan edits) {
    return new Intervention(edits, true, false);
  }

  /** Edits at new tokens' positions only. */
  public static Intervention onReply(HookPlan edits) {
    return new Intervention(edits, false, true);
  }

  /** A plan's builder with the edits alone, or with nothing. */
  HookPlan.Builder on(boolean apply) {
    HookPlan.Builder plan = HookPlan.builder();
    if (apply) {
      edits.edited().forEach(hook -> plan.edit(hook, edits.edit(hook).orElseThrow()));
    }
    return plan;
  }
}
