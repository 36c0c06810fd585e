import type { LucideIcon } from 'lucide-react';
import type { RouteObject } from 'react-router';

/** A part of the UI with an entry in the navigation. */
export interface Area {
  readonly label: string;
  readonly icon: LucideIcon;
  /** Below the UI's root; '' is the root. */
  readonly path: string;
  /** Relative to the root; screens come by `lazy`, each in a chunk of its own. */
  readonly routes: readonly RouteObject[];
  /** Further entries of the command palette. */
  readonly commands?: readonly { readonly label: string; readonly to: string }[];
}
