package org.sememe.training.ranks;

/** Another rank died, or did not answer in time: the job cannot go on without it. */
public final class RankLostException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** With one line that says which rank noticed it, and how. */
  public RankLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
