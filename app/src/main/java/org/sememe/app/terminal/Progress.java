package org.sememe.app.terminal;

/** How far a piece of work is, as someone sees it. One thread at a time; close it at the end. */
public interface Progress extends AutoCloseable {
  /** Shows nothing. */
  Progress NONE =
      new Progress() {
        @Override
        public void update(long done, String remark) {}

        @Override
        public void close() {}
      };

  /**
   * Shows the state.
   *
   * @param done work done so far, from the start
   * @param remark a few words on how it goes, or nothing
   */
  void update(long done, String remark);

  /** Shows the state. */
  default void update(long done) {
    update(done, "");
  }

  @Override
  void close();
}
