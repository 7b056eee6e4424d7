package org.sememe.app.studio;

import java.util.Optional;
import org.sememe.app.runs.RunFolders;

/**
 * Runs that the studio shows as they are trained.
 *
 * @param folders where they lie
 * @param first the name of the one that is shown first, if it is one of them
 */
public record WatchedRuns(RunFolders folders, Optional<String> first) {}
