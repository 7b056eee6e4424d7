package org.sememe.app.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.sememe.app.command.options.CommonOptions;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says what went wrong in one line on standard error: which file, option or value, and what to do.
 * A stack trace only with {@code --debug}.
 */
public final class Failures implements IExecutionExceptionHandler {
  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    Throwable cause = thrown instanceof UncheckedIOException io ? io.getCause() : thrown;
    err.println("sememe: " + line(cause));
    if (CommonOptions.debug(parsed)) {
      thrown.printStackTrace(err);
    }
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** One line for a wrong option or argument, and where the help is. */
  public static int wrongUsage(ParameterException thrown, String[] arguments) {
    CommandLine command = thrown.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("sememe: " + oneLine(thrown.getMessage()).replaceFirst("^Error: ", ""));
    UnmatchedArgumentException.printSuggestions(thrown, err);
    err.println("See: " + command.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  private static String line(Throwable cause) {
    String message = cause.getMessage();
    return switch (cause) {
      case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case FileSystemException system when system.getReason() != null ->
          system.getFile() + ": " + oneLine(system.getReason());
      case IOException io when message != null -> oneLine(message);
      case IllegalArgumentException wrong when message != null -> oneLine(message);
      case IllegalStateException wrong when message != null -> oneLine(message);
      case OutOfMemoryError memory -> "out of memory (" + oneLine(memory.getMessage()) + ")";
      default ->
          "internal error: "
              + cause.getClass().getSimpleName()
              + (message == null ? "" : ": " + oneLine(message))
              + " (run again with --debug for the stack trace)";
    };
  }

  private static String oneLine(String message) {
    return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
