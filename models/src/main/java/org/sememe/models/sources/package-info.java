/** Where models come from: the cache, a package registry's own client, the hub. */
package org.sememe.models.sources;
