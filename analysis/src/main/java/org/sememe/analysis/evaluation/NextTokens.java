package org.sememe.analysis.evaluation;

/** Of a causal model: the token behind each position that has a row. */
record NextTokens() implements Prediction {
  /** The name, also of reports that were written before there was another. */
  static final String WHAT = "next tokens";

  @Override
  public String what() {
    return WHAT;
  }

  @Override
  public boolean asks(SpliceContext context) {
    return context.scored().length > 0;
  }

  @Override
  public Question ask(SpliceContext context, int[] tokens) {
    int[] positions = context.scored();
    int[] targets = new int[positions.length];
    for (int i = 0; i < positions.length; i++) {
      targets[i] = tokens[positions[i] + 1];
    }
    return new Question(tokens, positions, targets);
  }
}
