// Remembers the controls that are there now.
() => {
  for (const one of __textcrew.controls()) __textcrew.known.add(one);
}
