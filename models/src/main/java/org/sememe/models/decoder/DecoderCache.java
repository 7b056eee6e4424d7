package org.sememe.models.decoder;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.models.KeyValueCache;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** Keys (turned) and values of each layer, {@code [sequences, kvHeads, capacity, headWidth]}. */
final class DecoderCache implements KeyValueCache {
  /** One layer's keys and values. */
  record Pair(Tensor keys, Tensor values) {}

  private final DecoderModel owner;
  private final int sequences;
  private final int capacity;
  private final List<Pair> layers = new ArrayList<>();
  private final boolean[] real;
  private boolean padded;
  private int length;

  DecoderCache(DecoderModel owner, DecoderConfig config, int sequences, int capacity) {
    this.owner = owner;
    this.sequences = sequences;
    this.capacity = capacity;
    this.real = new boolean[Math.multiplyExact(sequences, capacity)];
    try (PointerScope scope = new PointerScope()) {
      for (int layer = 0; layer < config.layers(); layer++) {
        layers.add(new Pair(room(config), room(config)));
      }
    }
  }

  private Tensor room(DecoderConfig config) {
    Tensor room =
        TensorMemory.empty(
            ScalarType.Float, sequences, config.kvHeads(), capacity, config.headWidth());
    room.retainReference();
    return room;
  }

  boolean ownedBy(DecoderModel model) {
    return owner == model;
  }

  int sequences() {
    return sequences;
  }

  /** Notes which of the coming positions are real; before the layers are extended. */
  void announce(TokenBatch batch) {
    for (int row = 0; row < sequences; row++) {
      for (int column = 0; column < batch.length(); column++) {
        real[row * capacity + length + column] = batch.real(row, column);
      }
    }
    padded |= batch.padded();
  }

  /** Whether some position held or announced is padding. */
  boolean padded() {
    return padded;
  }

  /** Whether a position held or announced is a real token. */
  boolean real(int sequence, int position) {
    return real[sequence * capacity + position];
  }

  /** Writes new keys and values {@code [sequences, kvHeads, new, headWidth]}; views of all. */
  Pair extend(int layer, Tensor keys, Tensor values) {
    Pair room = layers.get(layer);
    long added = keys.size(2);
    room.keys().narrow(2, length, added).copy_(keys);
    room.values().narrow(2, length, added).copy_(values);
    return new Pair(
        room.keys().narrow(2, 0, length + added), room.values().narrow(2, 0, length + added));
  }

  /** Counts positions in after every layer was extended. */
  void advance(int positions) {
    length += positions;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public void close() {
    for (Pair pair : layers) {
      pair.keys().close();
      pair.values().close();
    }
    layers.clear();
  }
}
