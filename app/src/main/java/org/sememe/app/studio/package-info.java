/**
 * The studio: a local web server over a feature index, and the pages it serves (resources under
 * {@code /studio}).
 *
 * <p>{@link org.sememe.app.studio.StudioServer#start} needs {@link
 * org.sememe.app.studio.StudioOptions}: where the features come from ({@link
 * org.sememe.analysis.index.FeatureSource}), how a prompt is run and steered ({@link
 * org.sememe.app.studio.StudioModel}, made only when first asked for), and where to listen. The
 * JSON API is described at {@link org.sememe.app.studio.StudioApi}; its field names are the record
 * components in snake_case.
 */
package org.sememe.app.studio;
