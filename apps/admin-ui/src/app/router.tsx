import { createBrowserRouter, type RouteObject } from 'react-router';
import { mounted } from '../api/mounted';
import { areas } from './areas';
import { NotFound } from './not-found';
import { ScreenError } from './screen-error';
import { Shell } from './shell';

/** A broken screen leaves the navigation where it is. */
const screens: RouteObject[] = [
  {
    errorElement: <ScreenError />,
    children: [...areas.flatMap(({ routes }) => routes), { path: '*', element: <NotFound /> }],
  },
];

export const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      errorElement: <ScreenError />,
      // The first screen's chunk is a moment away: nothing flickers meanwhile.
      hydrateFallbackElement: <></>,
      children: screens,
    },
  ],
  { basename: mounted.ui },
);
