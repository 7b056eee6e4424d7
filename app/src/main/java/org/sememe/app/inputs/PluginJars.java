package org.sememe.app.inputs;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Jars with pieces of the user's own ({@link org.sememe.sae.design.Pieces}). What they hold runs
 * with all rights of this process.
 */
public final class PluginJars {
  private PluginJars() {}

  /**
   * Lets this thread, and those it starts, find what the jars offer, until the program ends.
   *
   * @throws IllegalArgumentException if a file is not there
   */
  public static void use(List<Path> jars) {
    URL[] places = jars.stream().map(PluginJars::place).toArray(URL[]::new);
    Thread thread = Thread.currentThread();
    thread.setContextClassLoader(new URLClassLoader(places, thread.getContextClassLoader()));
  }

  private static URL place(Path jar) {
    if (!Files.isReadable(jar)) {
      throw new IllegalArgumentException("--plugin " + jar + ": no such file");
    }
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("--plugin " + jar + ": " + e.getMessage(), e);
    }
  }
}
