const railKey = 'aiwfe.rail';

/** What is open in the frame: the rail's width, the sheet of small screens, palette and shortcut list. */
class ShellState {
  collapsed = $state(typeof localStorage !== 'undefined' && localStorage.getItem(railKey) === 'collapsed');
  sheetOpen = $state(false);
  paletteOpen = $state(false);
  shortcutsOpen = $state(false);

  toggleRail(): void {
    this.collapsed = !this.collapsed;
    localStorage.setItem(railKey, this.collapsed ? 'collapsed' : 'open');
  }
}

export const shell = new ShellState();
